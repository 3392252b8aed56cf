-- customers
SELECT
  '{"totalCount":' || CAST((
    SELECT
      COUNT(*)
    FROM core_customer AS cus1
    WHERE
      EXISTS(
        SELECT
          1
        FROM core_transaction AS tra2
        WHERE
          tra2.customer_id = cus1.id
          AND tra2.provider_id = CAST($1 AS UUID)
          AND tra2.status IN ('PLACED', 'CONFIRMED')
      )
  ) AS TEXT) || ',"nodes":' || '[' || ARRAY_TO_STRING(
    ARRAY(SELECT
      '{"name":' || COALESCE(CAST(TO_JSON(cus3.name) AS TEXT), 'null') || ',"email":' || COALESCE(CAST(TO_JSON(cus3.email) AS TEXT), 'null') || ',"locale":null,"inviter":null,"transactions":' || '{"totalCount":' || CAST((
        SELECT
          COUNT(*)
        FROM core_transaction AS tra5
        WHERE
          tra5.customer_id = cus3.id AND tra5.provider_id = CAST($1 AS UUID)
      ) AS TEXT) || ',"nodes":' || '[' || ARRAY_TO_STRING(
        ARRAY(SELECT
          '{"number":' || CAST(TO_JSON(tra6.number) AS TEXT) || ',"provider":' || CASE
            WHEN pro7.id IS NULL
            THEN 'null'
            ELSE '{"name":' || CAST(TO_JSON(pro7.name) AS TEXT) || '}'
          END || '}'
        FROM (
          SELECT
            tra6.*
          FROM core_transaction AS tra6
          WHERE
            tra6.customer_id = cus3.id AND tra6.provider_id = CAST($1 AS UUID)
          ORDER BY
            tra6.placed_at DESC,
            tra6.id DESC
          LIMIT 2
        ) AS tra6
        LEFT JOIN core_provider AS pro7
          ON pro7.id = tra6.provider_id
          AND (
            (
              (
                (
                  pro7.status = 'APPROVED'
                ) OR (
                  pro7.id = CAST($1 AS UUID)
                )
              )
            )
            OR (
              EXISTS(
                SELECT
                  1
                FROM core_provider_member AS pro8
                WHERE
                  pro8.provider_id = pro7.id AND pro8.principal_id = CAST($2 AS UUID)
              )
            )
          )
        ORDER BY
          tra6.placed_at DESC,
          tra6.id DESC),
        ','
      ) || ']' || '}' || ',"demandCount":' || CAST((
        SELECT
          COUNT(*)
        FROM core_demand AS dem9
        WHERE
          dem9.customer_id = cus3.id AND dem9.awarded_provider_id = CAST($1 AS UUID)
      ) AS TEXT) || '}'
    FROM (
      SELECT
        cus3.*
      FROM core_customer AS cus3
      WHERE
        EXISTS(
          SELECT
            1
          FROM core_transaction AS tra4
          WHERE
            tra4.customer_id = cus3.id
            AND tra4.provider_id = CAST($1 AS UUID)
            AND tra4.status IN ('PLACED', 'CONFIRMED')
        )
      ORDER BY
        cus3.id
      LIMIT 3
    ) AS cus3
    ORDER BY
      cus3.id),
    ','
  ) || ']' || '}';
